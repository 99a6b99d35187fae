"""What nodes share: parameters, QoS, transforms, messages from and to arrays."""
