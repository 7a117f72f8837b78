"""Load: many threads over many organisations at once, over sockets. Only loopback is ever asked.

python -m tests.load --seconds 60
"""
