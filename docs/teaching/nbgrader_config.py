# Settings of nbgrader for this course; copy the file to the root of your course folder.
# Notes for the teacher (cells tagged "teacher") and solutions stay out of what students get.
from nbconvert.preprocessors import TagRemovePreprocessor
from nbgrader.converters.generate_assignment import GenerateAssignment

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "azr"
c.TagRemovePreprocessor.remove_cell_tags = {"teacher"}
c.TagRemovePreprocessor.enabled = True
c.GenerateAssignment.preprocessors = [TagRemovePreprocessor, *GenerateAssignment.preprocessors.default()]
