"""个人权益: the record of a person over time, proofs of it, and who may know what (GX2017 §18–20; JL2019 §52–55).

The record itself is not kept here: each chapter adds its part through `platform.histories`, so nothing is ever copied
and a settlement of this minute is in it. What is kept is what this chapter gives out and decides: certificates as
issued, their verification, objections, extracts for third parties and heirs, mandates of family members, notices and
short messages.

Not modelled: the progress of a case by number and phone (RIG-10), which comes with the cases themselves.
"""
