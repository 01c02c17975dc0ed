"""The settings of a shop that sends by django-ses."""

import django

SECRET_KEY = "x"
USE_TZ = True
DEFAULT_FROM_EMAIL = "Bluebird <orders@bluebird.example>"


def configuration_set(message, **kwargs):
    return "news" if message.subject.startswith("News") else "shop"


if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "django_ses.SESBackend"}}
else:
    EMAIL_BACKEND = "django_ses.SESBackend"
AWS_SES_REGION_NAME = "eu-west-1"
AWS_SES_REGION_ENDPOINT = "email.eu-west-1.amazonaws.com"
USE_SES_V2 = True
AWS_SES_CONFIGURATION_SET = configuration_set
AWS_SES_RETURN_PATH = "bounces@bluebird.example"
AWS_SES_SOURCE_ARN = "arn:aws:ses:eu-west-1:123456789012:identity/bluebird.example"
AWS_SES_AUTO_THROTTLE = 0.5
