{
  strategies["stale-while-revalidate"] = async (visit) => {
    const { route } = visit;
    const copy = await copyInUse(visit);
    if (!copy || copy.age > route.maxAge) return answerOr(visit, copy, fromNetwork(visit));
    if (copy.age >= route.freshFor) visit.later(fromNetwork(visit));
    return give(visit, copy);
  };
}
