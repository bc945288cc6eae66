"""缴费基数稽核 (JS-EXT §2; CON-32): which employers are looked at, what was found, what they pay back."""
