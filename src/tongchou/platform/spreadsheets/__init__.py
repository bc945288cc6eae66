"""Spreadsheets 表格文件: what every import shares, from the bytes of a file to rows ready for a chapter.

`reading` opens xlsx, xls and delimited text in any usual encoding as rows of raw cells; `columns` says what a kind of
table holds and finds its columns in the file; `values` turns cells into values or into a reason why not; `chunks` goes
through a table of any length, column by column; `staging` puts the rows into a table of the database, where a chapter
checks and takes them in with a few statements; `reports` gives the rows in error back with the reasons beside them.
A chapter declares its table and its statements as an `ImportKind` (`kinds`); enrolment keeps the files and runs them.
Articles: JL2019 §12 and ENR-12, CON-11, CAT-16, DOC-12 (batch import with errors per row). Decisions 0031, 0032.
"""
