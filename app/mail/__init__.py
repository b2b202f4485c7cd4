"""Mail: notices written as letters, in the reader's language, and given to a server."""

from app.mail.delivery import Delivered, check, deliver

__all__ = ["Delivered", "check", "deliver"]
