"""The JSON API: current counts, and with the REST framework also places, history, and activities.

Only :mod:`.rest` imports the REST framework, which a project need not have.
"""
