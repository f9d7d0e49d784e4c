SELECT profession, format, q, claims, credits FROM claim_cells ORDER BY 1, 2, 3
