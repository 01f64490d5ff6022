# Unchanged sentry-sdk of Debian. The DSN is all that it is told.
import logging
import os

import sentry_sdk

sentry_sdk.init(dsn=os.environ["DSN"], release="shop@2.4.0")


class OrderError(Exception):
    pass


def cancel_order(at):
    raise OrderError(f"order {at} cannot be cancelled")


for at in range(20):
    try:
        cancel_order(at)
    except OrderError as error:
        sentry_sdk.capture_exception(error)
logging.error("stock is low")
sentry_sdk.flush(10)
# What nobody catches is sent before the process ends.
raise RuntimeError("crashed")
