"""Workbooks for HR: the template, and an uploaded roster with its errors marked."""
