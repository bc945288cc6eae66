"""The exchange's own door (数据交换接口): partners that send to us instead of waiting to be asked."""
