"""The weekly summary by e-mail, which ``manage.py send_weekly_summary`` sends.

``message`` builds the e-mail from the data of the dashboard. ``sending`` sends it once per week.
"""
