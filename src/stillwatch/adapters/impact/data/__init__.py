"""Dated tables: public results, published lags, assumptions, and the lab's students."""
