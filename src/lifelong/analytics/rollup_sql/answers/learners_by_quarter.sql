SELECT q, credit_type, learners FROM quarter_cells ORDER BY 1, 2
