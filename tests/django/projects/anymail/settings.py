"""The settings of a shop that sends by anymail."""

import django

SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = ["anymail"]
DEFAULT_FROM_EMAIL = "Bluebird <orders@bluebird.example>"

if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "anymail.backends.amazon_ses.EmailBackend"}}
else:
    EMAIL_BACKEND = "anymail.backends.amazon_ses.EmailBackend"
ANYMAIL = {
    "AMAZON_SES_SESSION_PARAMS": {"region_name": "eu-west-1"},
    "AMAZON_SES_CLIENT_PARAMS": {"config": {"connect_timeout": 5}},
    "AMAZON_SES_CONFIGURATION_SET_NAME": "shop",
    "AMAZON_SES_MESSAGE_TAG_NAME": "kind",
}
