"""Supervision (督办): matters with a deadline, their lights, escalation and referral."""
