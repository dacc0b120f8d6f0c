"""Analytics: record page views and dwell rows, aggregate, keep, and export them."""
