/** A clip over others, on some joints. */
export declare class Layer {
  /** 0 … 1 */
  weight: number;
}
