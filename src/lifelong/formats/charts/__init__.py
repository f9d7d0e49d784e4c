"""Charts as SVG text, with a summary in words and the rows behind them. Pure: the same input draws the same bytes."""
