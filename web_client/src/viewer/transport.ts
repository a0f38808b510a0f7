/** What plays: a time within a range of a clip, at a speed. */
export class Transport {
  timeS = 0;
  speed = 1;
  isPlaying = true;
  loops = true;
  fromS = 0;
  toS = 0;
  durationS = 0;
  private fps = 30;
  private clipLoops = false;

  /** Of another clip: plays from its beginning. */
  take(durationS: number, fps: number, clipLoops: boolean): void {
    this.fps = fps;
    this.clipLoops = clipLoops;
    this.durationS = durationS;
    this.clearRange();
    this.timeS = 0;
  }

  get hasRange(): boolean {
    return this.fromS > 0 || this.toS < this.durationS;
  }

  clearRange(): void {
    this.fromS = 0;
    this.toS = this.durationS;
  }

  /** Sets one end of the range; the other gives way. */
  setFrom(timeS: number): void {
    this.fromS = Math.min(timeS, this.durationS);
    this.toS = this.toS > this.fromS ? this.toS : this.durationS;
  }

  setTo(timeS: number): void {
    this.toS = Math.max(timeS, 0);
    this.fromS = this.fromS < this.toS ? this.fromS : 0;
  }

  seek(timeS: number): void {
    this.timeS = Math.min(Math.max(timeS, 0), this.durationS);
  }

  /** To the next frame, or the one before. */
  step(frames: number): void {
    this.isPlaying = false;
    const last = Math.round(this.durationS * this.fps) - (this.clipLoops ? 1 : 0);
    const frame = Math.round(this.timeS * this.fps) + frames;
    this.timeS = (this.loops ? (frame + last + 1) % (last + 1) : Math.min(Math.max(frame, 0), last)) / this.fps;
  }

  play(): void {
    if (this.timeS >= this.toS && this.speed > 0) {
      this.timeS = this.fromS;
    }
    this.isPlaying = true;
  }

  toggle(): void {
    if (this.isPlaying) {
      this.isPlaying = false;
    } else {
      this.play();
    }
  }

  advance(seconds: number): void {
    const length = this.toS - this.fromS;
    if (!this.isPlaying || length <= 0) {
      return;
    }
    this.timeS += seconds * this.speed;
    if (this.timeS >= this.toS || this.timeS < this.fromS) {
      if (this.loops) {
        const past = (this.timeS - this.fromS) / length;
        this.timeS = this.fromS + (past - Math.floor(past)) * length;
      } else {
        this.timeS = this.toS;
        this.isPlaying = false;
      }
    }
  }
}
