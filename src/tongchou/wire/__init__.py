"""Wire 接口平台: the hospitals' messages, from bytes to one command and back (national interface; SET-04).

`gateway` is the door, `registry` does once what every transaction needs: envelope, sender, sign-in, reading, repeats,
refusals, faults, figures. What each transaction says stands in `specification`; a chapter serves one by
`@transaction("2204", booking=True)` over a function in its `api/` that translates to one command and nothing else.
Who calls: `site.wsgi` the gateway; every chapter with an `api/` the registry; `reversal` is told by `@reverser` how a
transaction is undone (2601). Own transactions: 9001, 9002, 1901, 2601.
Not modelled: files 9101 and 9102, SM2 signatures over the message, encrypted outputs (SM4), the portal of institutions.
Reading order: `specification`, `structs`, `reading`, `envelope`, `booking`, `database`, `access`, `registry`,
`gateway`, `reversal`, `conformance`; decisions 0050 to 0054.
"""
