on("registered", () => requestPermission());
