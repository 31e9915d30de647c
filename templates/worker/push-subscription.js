// Browsers give subscriptions up by themselves, some without a word: pages look after that, too, and after what fails here.
sw.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(keepSubscribed(sw.registration).catch(() => undefined)));
cachesInUse.push(PUSH_BOOK);
