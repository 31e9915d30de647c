{
  strategies["network-first"] = async (visit) => {
    const { route } = visit;
    const copy = await copyInUse(visit);
    if (copy && copy.age < route.freshFor) return give(visit, copy);
    const network = answerOr(visit, copy, fromNetwork(visit));
    if (!copy || copy.age > route.maxAge) return network;
    return (await Promise.race([network, after(route.timeout ?? 0)])) ?? give(visit, copy, true);
  };
}
