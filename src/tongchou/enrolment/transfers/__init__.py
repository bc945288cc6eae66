"""关系转移接续: between pooling areas (附件6; GX2017 §16; ENR-26, ENR-28) and schemes (GX2017 §17; ENR-27).

The agency left closes the relation and certifies it; the agency joined goes on from the very next day, or sends it
back, and then the old relation stands as if it had never been closed. Both may be in this house, or exchange documents.
What was paid, used and filed is told by the chapters above (`sources`).
"""
