"""The viewer page: where its built files are, and pages of one file. Its source is web_client/src/viewer."""

from ani3d_runtime.viewer.built_page import BuiltPage as BuiltPage
from ani3d_runtime.viewer.single_page import single_page as single_page
