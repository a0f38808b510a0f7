/** How the time of a clip follows that of a blend: a rate, and a range in which it stays or starts over. */
export class PlayClock {
  rate = 1;
  lowestS = -Infinity;
  private highestS = Infinity;
  private folds = false;
  private anchorAtS = 0;
  private anchorS = 0;

  /** Length of the range, where the clip starts over in it; else 0. */
  get foldS(): number {
    return this.folds ? this.highestS - this.lowestS : 0;
  }

  begin(atS: number, startS: number, rate: number): void {
    this.lowestS = -Infinity;
    this.highestS = Infinity;
    this.folds = false;
    this.rate = rate;
    this.move(atS, startS);
  }

  move(atS: number, timeS: number): void {
    this.anchorAtS = atS;
    this.anchorS = timeS;
  }

  shift(seconds: number): void {
    this.anchorAtS += seconds;
  }

  isAtEnd(atS: number): boolean {
    return !this.folds && this.rate !== 0 && this.rawAt(atS) === (this.rate > 0 ? this.highestS : this.lowestS);
  }

  setRate(atS: number, rate: number): void {
    this.move(atS, this.rawAt(atS));
    this.rate = rate;
  }

  setRange(atS: number, lowestS: number, highestS: number, folds: boolean): void {
    const now = this.timeAt(atS);
    this.lowestS = lowestS;
    this.highestS = highestS;
    this.folds = folds && highestS > lowestS;
    this.move(atS, now);
  }

  /** Without starting over. */
  rawAt(atS: number): number {
    return this.kept(this.anchorS + this.rate * (atS - this.anchorAtS));
  }

  timeAt(atS: number): number {
    return this.folded(this.rawAt(atS));
  }

  /** The time of the clip that is `lengthS` of it ahead. */
  aheadAt(atS: number, lengthS: number): number {
    return this.folded(this.kept(this.rawAt(atS) + Math.sign(this.rate) * lengthS));
  }

  private kept(raw: number): number {
    return this.folds ? raw : Math.min(Math.max(raw, this.lowestS), this.highestS);
  }

  private folded(raw: number): number {
    if (!this.folds) {
      return raw;
    }
    const length = this.highestS - this.lowestS, past = (raw - this.lowestS) / length;
    return this.lowestS + (past - Math.floor(past)) * length;
  }
}
