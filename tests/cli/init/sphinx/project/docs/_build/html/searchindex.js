Search.setIndex({});
