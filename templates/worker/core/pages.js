const denied = CONFIG.pages.deny.map((pattern) => new RegExp(pattern));

/** @param {(request: Request, path: string, event: FetchEvent) => Promise<Response> | undefined} answerPage for the navigations of this site that are not denied */
function onNavigation(answerPage) {
  onFetch((request, event) => {
    if (request.mode !== "navigate" || request.method !== "GET") return undefined;
    const path = pathOf(request.url);
    if (path === undefined || denied.some((pattern) => pattern.test(path))) return undefined;
    return answerPage(request, path, event);
  });
}
