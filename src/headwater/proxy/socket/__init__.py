"""Socket: connections that became WebSockets, passed on as they come and listened to beside."""
