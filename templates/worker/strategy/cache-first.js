{
  strategies["cache-first"] = async (visit) => {
    const copy = await copyInUse(visit);
    if (copy && copy.age <= visit.route.maxAge) return give(visit, copy);
    return answerOr(visit, copy, fromNetwork(visit));
  };
}
