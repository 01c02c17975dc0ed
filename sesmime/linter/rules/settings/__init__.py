"""Rules about settings: parameters and `X-SES-` fields."""
