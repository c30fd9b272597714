"""The whole product through its pages, in a real browser, against real processes."""
