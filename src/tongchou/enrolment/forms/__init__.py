"""The paper forms of enrolment (参保登记表单; annexes of GX2017)."""
