"""
Mail a workbook into a Maildir, for the quickstart: python send_mail.py FROM FILE MAILDIR [SUBJECT]

A mail program and a mail server would do the same: a message with one attachment, written aside
first and then moved into ``new``, so that a reader never sees half of it.
"""

import sys
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

sender, file, maildir = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
mail = EmailMessage()
mail["From"] = sender
mail["To"] = "daily@xinghe.example"
mail["Subject"] = sys.argv[4] if len(sys.argv) > 4 else "日报"
mail["Date"] = formatdate(localtime=True)
mail["Message-ID"] = make_msgid(domain="xinghe.example")
mail.set_content("请查收。")
kind = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
mail.add_attachment(file.read_bytes(), maintype="application", subtype=kind, filename=file.name)

name = f"{mail['Message-ID'].strip('<>')}.eml"
aside = maildir / "tmp" / name
aside.write_bytes(mail.as_bytes())
aside.rename(maildir / "new" / name)
