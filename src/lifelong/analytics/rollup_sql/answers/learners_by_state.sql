SELECT state, profession, learners FROM state_cells ORDER BY 1, 2
