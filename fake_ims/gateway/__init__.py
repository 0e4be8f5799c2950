"""What every Alibaba Cloud RPC API shares."""
