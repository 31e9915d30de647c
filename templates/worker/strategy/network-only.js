{
  strategies["network-only"] = (visit) => {
    const network = fetch(visit.request);
    const { timeout } = visit.route;
    return answerOr(visit, undefined, timeout === undefined ? network : Promise.race([network, late(timeout)]));
  };

  /**
   * @param {number} timeout
   * @returns {Promise<never>}
   */
  async function late(timeout) {
    await after(timeout);
    throw new DOMException(`No answer within ${timeout} ms.`, "TimeoutError");
  }
}
