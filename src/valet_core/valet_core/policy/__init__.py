"""What every policy and task is, and how a policy is run."""
