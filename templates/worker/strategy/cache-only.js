{
  strategies["cache-only"] = async (visit) => {
    const copy = await copyFor(visit);
    return copy ? give(visit, copy) : answerOr(visit, undefined, Promise.reject(new Error("not kept")));
  };
}
