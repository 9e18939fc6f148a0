"""Attachments: one printed policy, a local folder, and a download that runs nothing."""
