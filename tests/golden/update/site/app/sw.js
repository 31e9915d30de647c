// somebody else’s
