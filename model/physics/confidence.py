"""Confidence levels of a normal distribution, in standard deviations."""

ONE_SIDED_90 = 1.645  # 90 % of a half-normal, 95 % of a normal on one side
TWO_SIDED_95 = 1.96  # 95 % of a half-normal
