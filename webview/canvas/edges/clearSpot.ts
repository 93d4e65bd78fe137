interface Place {
  readonly x: number;
  readonly y: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
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
export function clearSpot(mark: Place, size: Size, gap: number, margin: number, cards: readonly (Place & Size)[]): Place & { readonly isClear: boolean } {
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
