"""Letters of referrals. Pure."""
