"""学校代缴 (GX2017 §24; CON-09): a school's roster beside its transfers; nobody has paid until the two are the same."""
