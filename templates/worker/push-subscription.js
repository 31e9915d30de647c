// Browsers give subscriptions up by themselves, some without a word: pages look after that, too.
sw.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(keepSubscribed(sw.registration)));
cachesInUse.push(PUSH_BOOK);
