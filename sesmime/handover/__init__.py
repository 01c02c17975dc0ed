"""The handover wing: messages made ready for SES.

`prepare` is three steps: `lift` moves settings and recipients to where the interface reads them, fixes repair what SES
would refuse, lint reports what is left. `forward` rewrites a received message first, and then prepares it.
"""
