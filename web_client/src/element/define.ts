// The entry of the bundle that a page loads: <script type="module" src="ani3d-avatar.js"></script>
import { AvatarElement } from "./avatar_element.ts";

export { AvatarElement };

AvatarElement.workerUrl = new URL("./ani3d-decoder.js", import.meta.url);
if (customElements.get("ani3d-avatar") === undefined) {
  customElements.define("ani3d-avatar", AvatarElement);
}
