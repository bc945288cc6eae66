"""Pages of rights: the record and its proofs at the counter, the papers, and what everybody may ask."""
