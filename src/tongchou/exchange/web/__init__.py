"""Pages of the exchange (数据交换): files that came in."""
