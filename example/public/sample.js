// @ts-check
/** A note to begin with. */

export const SAMPLE = `# A walk along the river

We left at **six**, before the heat. The path follows the old canal for a while and then climbs, *slowly at first*, through beech and larch.

> Walking asks for nothing but shoes,
> and gives back most of the day.

## To bring

- [x] Water, two litres
- [x] The small map
- [ ] Bread, and some cheese
- [ ] A notebook

## Hours

| Stretch             |  Distance | Time   |
|:--------------------|----------:|:-------|
| Lock to mill        |    4.2 km | 1 h 05 |
| Mill to the saddle  |    6.0 km | 2 h 10 |
| Down to the station |    5.1 km | 1 h 20 |

The whole is a little over \`15 km\`. A rough rule for the pace:

\`\`\`js
const hours = kilometres / 4 + metresClimbed / 400;
\`\`\`

---

Save this page with the network switched off: it stays here, marked as *waiting*, and goes to the server by itself as soon as there is one.
`;
