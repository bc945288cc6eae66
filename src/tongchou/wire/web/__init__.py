"""What pages show of messages (接口报文): answers line by line, in words, masked."""
