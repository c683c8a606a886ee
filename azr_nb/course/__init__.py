"""What is made of the notebooks: builds, screenshots, a site, slides, measurements for a hub, and class reports."""
