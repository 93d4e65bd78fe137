export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Spot extends Place {
  readonly isClear: boolean;
}

/** A label that wants a place near its mark. One that is seen only now and then keeps clear of others, and takes no place from them. */
export interface Label {
  readonly mark: Place;
  readonly size: Size;
  readonly isLasting: boolean;
}

/** The middles that are tried: this many steps up and down, each this part of the height, and aside by parts of the width. */
const rows = 24;
const rowStep = 0.3;
const asides = [0, 0.25, -0.25, 0.5, -0.5, 0.75, -0.75];

/** Going aside leads away from the edge sooner than going up or down does. */
const offers: readonly (Place & { readonly cost: number })[] = Array.from({ length: rows }, (_, row) => row)
  .flatMap((row) =>
    [1, -1].flatMap((side) => asides.map((x) => ({ x, y: side * (0.5 + row * rowStep), cost: row * rowStep + Math.abs(x) * 2 + (side < 0 ? 0.1 : 0) }))),
  )
  .sort((a, b) => a.cost - b.cost);

/**
 * The middle of a label that belongs to a mark and covers no card: the nearest place below or above the mark. Where cards are all
 * around, right below it, which is then not clear. All lengths are in the canvas's own units.
 * @param mark the middle of the mark
 * @param size of the label
 * @param gap kept from the mark
 * @param margin kept from each card
 * @param cards what must stay uncovered, by their upper left corner
 */
export function clearSpot(mark: Place, size: Size, gap: number, margin: number, cards: readonly (Place & Size)[]): Spot {
  const reachX = size.width * 1.25 + margin;
  const reachY = size.height * (1 + rows * rowStep) + gap + margin;
  const near = cards.filter(
    (card) => card.x < mark.x + reachX && card.x + card.width > mark.x - reachX && card.y < mark.y + reachY && card.y + card.height > mark.y - reachY,
  );
  const place = (offer: Place): Place => ({ x: mark.x + offer.x * size.width, y: mark.y + offer.y * size.height + Math.sign(offer.y) * gap });
  const isClear = ({ x, y }: Place): boolean =>
    near.every(
      (card) =>
        x + size.width / 2 + margin <= card.x ||
        x - size.width / 2 - margin >= card.x + card.width ||
        y + size.height / 2 + margin <= card.y ||
        y - size.height / 2 - margin >= card.y + card.height,
    );
  const clear = offers.map(place).find(isClear);
  return { ...(clear ?? place({ x: 0, y: 0.5 })), isClear: clear !== undefined };
}

/**
 * The middles of several labels, in their order: none covers a card, nor a lasting label that has a clear place. Lasting ones choose first.
 * A label without a clear place is in nobody's way. Lengths as above.
 */
export function clearSpots(labels: readonly Label[], gap: number, margin: number, cards: readonly (Place & Size)[]): readonly Spot[] {
  const taken = [...cards];
  const spots = new Map<Label, Spot>();
  for (const label of [...labels.filter(({ isLasting }) => isLasting), ...labels.filter(({ isLasting }) => !isLasting)]) {
    const { mark, size, isLasting } = label;
    const spot = clearSpot(mark, size, gap, margin, taken);
    spots.set(label, spot);
    if (isLasting && spot.isClear) taken.push({ x: spot.x - size.width / 2, y: spot.y - size.height / 2, ...size });
  }
  return labels.flatMap((label) => spots.get(label) ?? []);
}
